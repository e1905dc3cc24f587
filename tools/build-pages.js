// Builds what browsers get: the widget's one file, and the pages that come along.
//   node tools/build-pages.js            writes below dist/
//   node tools/build-pages.js FOLDER     writes below FOLDER
import { build } from 'rolldown';
import { copyFile } from 'node:fs/promises';
import { fileURLToPath, URL } from 'node:url';
import { resolve } from 'node:path';
import process from 'node:process';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(process.argv[2] ?? resolve(root, 'dist'));

for (const [source, file] of [
  ['src/widget/main.ts', 'widget/widget.js'],
  ['src/agent-page/main.ts', 'agent-page/agent.js'],
]) {
  await build({
    input: resolve(root, source),
    platform: 'browser',
    transform: { target: 'es2022' },
    output: { file: resolve(folder, file), format: 'iife', minify: true },
    logLevel: 'warn',
  });
}

for (const file of ['widget/demo.html', 'widget/demo.css', 'agent-page/agent.html', 'agent-page/agent.css']) {
  await copyFile(resolve(root, 'src', file), resolve(folder, file));
}
