// Bundles src/widget into the one file that a script tag loads.
//   node tools/build-widget.js            writes dist/widget/widget.js
//   node tools/build-widget.js FILE       writes FILE
import { build } from 'rolldown';
import { fileURLToPath, URL } from 'node:url';
import { resolve } from 'node:path';
import process from 'node:process';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = resolve(process.argv[2] ?? resolve(root, 'dist/widget/widget.js'));

await build({
  input: resolve(root, 'src/widget/main.ts'),
  platform: 'browser',
  transform: { target: 'es2022' },
  output: { file, format: 'iife', minify: true },
  logLevel: 'warn',
});
