/** The two ways of watching: a live picture on a terminal, lines anywhere else. */
import type { Terminal } from '../terminal.js';
import type { Palette } from './ansi.js';
import { createLineLog } from './line-log.js';
import { createLiveModel } from './live-model.js';
import { drawLive, type LiveView, type Playing } from './live-view.js';
import { openScreen } from './screen.js';
import type { Stage } from './stage.js';
import { createNames } from './words.js';

export interface Viewer {
  showScene(scene: Playing, index?: number, count?: number): void;
  /** Harmless when it is closed already. */
  close(): void;
}

const FRAME_MS = 100;

export function watchLive(stage: Stage, palette: Palette, addresses: readonly string[]): Viewer {
  const { config, callerNames, site } = stage;
  const model = createLiveModel(config);
  const unsubscribe = site.events.subscribe((event) => model.apply(event));
  const view: LiveView = { config, model, names: createNames(config), callerNames, palette, addresses };
  const screen = openScreen(process.stdout);
  let playing: Playing = { title: 'The phones register', story: 'Each with its own account, by digest.' };
  const draw = (): void => {
    const { columns, rows } = process.stdout;
    screen.draw(drawLive(view, playing, { columns, rows }, Date.now()));
  };
  const timer = setInterval(draw, FRAME_MS);
  let open = true;
  return {
    showScene(scene, index, count) {
      const place = index === undefined ? '' : `${index}/${count ?? index}  `;
      playing = { title: `${place}${scene.title}`, story: scene.story };
    },
    close() {
      if (!open) return;
      open = false;
      clearInterval(timer);
      unsubscribe();
      screen.close();
    },
  };
}

export function watchAsLines(stage: Stage, palette: Palette, addresses: readonly string[], terminal: Terminal): Viewer {
  const { config, callerNames, site } = stage;
  terminal.out(`${palette.bold('Switchboard')}: ${config.site.name}`);
  for (const line of addresses) terminal.out(palette.dim(`  ${line}`));
  const toLine = createLineLog({ names: createNames(config), callerNames, palette });
  const unsubscribe = site.events.subscribe((event) => {
    const line = toLine(event);
    if (line !== undefined) terminal.out(line);
  });
  return {
    showScene({ title, story }, index, count) {
      const place = index === undefined ? '' : `${index}/${count ?? index} `;
      terminal.out(`\n${palette.magenta(`${place}${title}`)}: ${story}`);
    },
    close: unsubscribe,
  };
}
