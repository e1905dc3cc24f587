/** The fixed programme: each scene plays something that must go a certain way, and says whether it did. */
import type { Expect, Scene } from './scene.js';
import { chatScenes } from './scenes-chat.js';
import { otherScenes } from './scenes-other.js';
import { soundScenes } from './scenes-sound.js';
import { ringingScenes } from './scenes-ringing.js';
import { strategyScenes } from './scenes-strategies.js';
import type { Stage } from './stage.js';

export interface Verdict {
  readonly scene: string;
  readonly what: string;
  readonly isSo: boolean;
}

export interface ProgrammeOptions {
  readonly stage: Stage;
  readonly onScene: (scene: Scene, index: number, count: number) => void;
  /** Time to read what comes, before each scene. Milliseconds. */
  readonly readingMs: number;
  /** Asked before each scene. */
  readonly isStopped: () => boolean;
}

/** A scene that hangs is a failure, not a reason to wait for ever. Milliseconds. */
const LONGEST_SCENE_MS = 15_000;
const ASK_AGAIN_MS = 50;

const scenes: readonly Scene[] = [...ringingScenes, ...strategyScenes, ...otherScenes, ...soundScenes, ...chatScenes];

export async function playProgramme({
  stage,
  onScene,
  readingMs,
  isStopped,
}: ProgrammeOptions): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const [index, scene] of scenes.entries()) {
    if (isStopped()) break;
    onScene(scene, index + 1, scenes.length);
    await pause(readingMs);
    const expect: Expect = (what, isSo) => verdicts.push({ scene: scene.title, what, isSo });
    for (const phone of stage.phones) phone.habit = { kind: 'answers', afterMs: 300 };
    await playWithinTime(scene, stage, expect);
  }
  return verdicts;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

async function playWithinTime(scene: Scene, stage: Stage, expect: Expect): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<'too long'>((resolve) => {
    timer = setTimeout(() => resolve('too long'), LONGEST_SCENE_MS);
  });
  try {
    const outcome = await Promise.race([scene.play(stage, expect).then(() => 'played' as const), tooLong]);
    expect(`is over within ${LONGEST_SCENE_MS / 1000} s`, outcome === 'played');
  } catch (error) {
    expect(`is played to its end (${error instanceof Error ? error.message : String(error)})`, false);
  } finally {
    clearTimeout(timer);
  }
}

/** Afterwards nothing is left: no hold, nobody waiting, no dialog on either side. The last BYEs get a moment. */
export async function checkNothingLeft(stage: Stage): Promise<readonly Verdict[]> {
  const giveUpAtMs = Date.now() + LONGEST_SCENE_MS;
  for (;;) {
    const counts = await countWhatIsLeft(stage);
    const isDone = counts.every(([, count]) => count === 0);
    if (isDone || Date.now() > giveUpAtMs) {
      return counts.map(([name, count]) => ({
        scene: 'Afterwards',
        what: `nothing is left (${name}: ${count})`,
        isSo: count === 0,
      }));
    }
    await pause(ASK_AGAIN_MS);
  }
}

async function countWhatIsLeft(stage: Stage): Promise<readonly (readonly [name: string, count: number])[]> {
  const activity = await stage.site.activity();
  const userAgents = [...stage.phones.map(({ userAgent }) => userAgent), stage.city, stage.carrier.userAgent];
  const open = userAgents.reduce((sum, userAgent) => sum + userAgent.openCalls(), 0);
  return [...Object.entries(activity), ['calls that phones think they are in', open]];
}
