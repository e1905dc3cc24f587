/** `switchboard explain`: asks a running switchboard why a call went to whom it went, or to whom one would go now. */
import { askApi } from '../ask-api.js';
import type { Terminal } from '../terminal.js';
import { callDecisions, queueExplanation } from './answers.js';
import { callText, queueText } from './explain-text.js';

export interface ExplainOptions {
  readonly about: { readonly call: string } | { readonly queue: string };
  /** Of the API, `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string | undefined;
}

/** Gives the exit code. */
export async function runExplain({ about, url, token }: ExplainOptions, terminal: Terminal): Promise<number> {
  if (token === undefined || token === '') {
    terminal.err('switchboard explain: no token; give --token, or set SWITCHBOARD_TOKEN to the token of the API');
    return 1;
  }
  const api = { url, token };
  const lines =
    'call' in about
      ? await askApi(api, `/v1/calls/${encodeURIComponent(about.call)}/decisions`, callDecisions, callText)
      : await askApi(api, `/v1/queues/${encodeURIComponent(about.queue)}/explain`, queueExplanation, queueText);
  if (typeof lines === 'string') {
    terminal.err(`switchboard explain: ${printable(lines)}`);
    return 1;
  }
  for (const line of lines) terminal.out(printable(line));
  return 0;
}

/** Reasons of absence are people's own words, and must not drive the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}
