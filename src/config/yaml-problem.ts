import type { ErrorCode } from 'yaml';

/** The parser's findings in words for somebody who does not know YAML's grammar. `found` is the text at fault. */
export function yamlProblemMessage(code: ErrorCode, message: string, found: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab cannot indent YAML; use spaces';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here; keep one per file and remove the `---`';
    case 'TAG_RESOLVE_FAILED':
      return `the tag \`${found}\` is not supported; text that begins with \`!\` must be in quotes`;
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a second `: ` on this line; put text that contains `: ` in quotes';
    case 'BAD_SCALAR_START':
      return `text that begins with \`${found.slice(0, 1)}\` must be in quotes`;
    case 'BAD_INDENT':
      return message.startsWith('All mapping items')
        ? 'keys of one mapping must be indented alike'
        : message.startsWith('All sequence items')
          ? 'items of one list must be indented alike'
          : 'a `[` or `{` before this is not closed, or closed with too little indentation';
    case 'UNEXPECTED_TOKEN':
      return unexpectedToken(message, found);
    case 'MISSING_CHAR':
      if (message.startsWith('Missing closing')) return 'a quotation mark is not closed';
      if (message.startsWith('Implicit map key')) return 'a `:` is missing after the key';
      return sentence(message);
    default:
      return sentence(message);
  }
}

function unexpectedToken(message: string, found: string): string {
  if (message.includes('flow-map-start at node end')) {
    return 'a `{` within text; put it in quotes: `"${NAME}"`';
  }
  if (message.includes('block-seq-ind on same line')) return 'a list item must begin on a line of its own';
  return found.trim() === '' ? sentence(message) : `\`${found.trim().slice(0, 40)}\` is not expected here`;
}

function sentence(message: string): string {
  return `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
