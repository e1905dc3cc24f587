/** What phones and places on media servers do in random histories of calls with sound. */
import type { ScriptedPlace } from './scripted-media.js';
import type { Peer, World } from './sound-world.js';

export const legActs = ['rings', 'answers', 'answers', 'answers', 'refuses', 'hangsUp', 'obeys'] as const;
export const callerActs = ['cancels', 'hangsUp', 'acks', 'acks', 'obeys'] as const;
export const peerActs = [
  'holds',
  'resumes',
  'moves',
  'updates',
  'refreshes',
  'asksForOffer',
  'answersOffer',
  'answersOffer',
  'answersOffer',
  'refusesOffer',
  'glares',
  'crossesToHold',
  'crossesToMove',
  'triesAgain',
  'answersRelayed',
  'refusesRelayed',
  'acksOffer',
  'pressesRight',
  'pressesWrong',
  'pressesRecord',
] as const;
const offering: ReadonlySet<string> = new Set(['holds', 'resumes', 'moves', 'updates', 'refreshes', 'asksForOffer']);
export const placeActs = [
  'opens',
  'opens',
  'opens',
  'fails',
  'answers',
  'answers',
  'press',
  'finishes',
  'endsRecording',
] as const;

export function actPeer(world: World, peer: Peer, act: (typeof peerActs)[number]): void {
  const { own } = peer;
  // A phone makes one offer at a time.
  if (peer.isWaiting && offering.has(act)) return;
  switch (act) {
    case 'holds':
    case 'resumes':
      peer.own = { ...own, direction: act === 'holds' ? 'sendonly' : 'sendrecv' };
      return void peer.offers();
    case 'moves':
    case 'updates':
      peer.own = { ...own, port: own.port + 10_000 };
      return void peer.offers({ method: act === 'moves' ? 'INVITE' : 'UPDATE' });
    case 'crossesToHold':
    case 'crossesToMove':
      peer.glares();
      return actPeer(world, peer, act === 'crossesToHold' ? 'holds' : 'moves');
    case 'refreshes':
      return void peer.offers();
    case 'refusesOffer':
      if (peer.isOffered) world.refusers.add(peer);
      return peer.refusesOffer(488);
    case 'refusesRelayed':
      return peer.refusesRelayed(488);
    case 'pressesRight':
    case 'pressesWrong':
      return void peer.presses(act === 'pressesRight' ? '1' : '9');
    case 'pressesRecord':
      peer.presses('*');
      return void peer.presses('1');
    case 'asksForOffer':
      return void peer.asksForOffer();
    default:
      return peer[act]();
  }
}

export function actPlace(place: ScriptedPlace, act: (typeof placeActs)[number], digit: string): void {
  switch (act) {
    case 'press':
      return place.presses(digit);
    case 'finishes':
      return place.finishesPlaying();
    case 'endsRecording':
      return place.endsRecording('silence', 3_000);
    default:
      return place[act]();
  }
}
