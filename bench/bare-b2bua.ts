/**
 * The yardstick: what drachtio-srf's own `createB2BUA` does with a call, and nothing else. Runs as a child of the bench:
 * `node bare-b2bua.js CONTROL PHONES`, where CONTROL is `embedded` or `HOST:PORT:SECRET` and PHONES is `HOST:PORT`.
 */
import Srf from 'drachtio-srf';
import { answerParent, serverFor } from './child.js';

const [control = 'embedded', phones = ''] = process.argv.slice(2);
const server = await serverFor(control);
const srf = new Srf();
const connected = new Promise<void>((resolve, reject) => {
  srf.on('connect', (error: Error | null) => {
    if (error) reject(error);
    else resolve();
  });
});
void srf.connect({ host: server.host, port: server.port, secret: server.secret });
await connected;
srf.on('error', (error: Error) => console.error(error));

let running = 0;
srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => {
  void connectCall(req, res).catch(() => undefined);
});

async function connectCall(req: Srf.SrfRequest, res: Srf.SrfResponse): Promise<void> {
  running += 1;
  try {
    const { uas, uac } = await srf.createB2BUA(req, res, `sip:agent@${phones}`, { localSdpB: req.body });
    uas.on('destroy', () => uac.destroy());
    uac.on('destroy', () => uas.destroy());
  } finally {
    running -= 1;
  }
}

answerParent({ sip: server.sip, calls: () => running });
