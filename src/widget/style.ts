/**
 * How the widget looks. A site themes it by custom properties on `switchboard-chat`, or above it:
 * `--switchboard-accent`, `-accent-text`, `-surface`, `-text`, `-quiet`, `-bubble`, `-radius`, `-font`, `-offset`, `-layer`.
 */
export const style = `
:host {
  all: initial;
  --accent: var(--switchboard-accent, #0b57d0);
  --accent-text: var(--switchboard-accent-text, #fff);
  --surface: var(--switchboard-surface, #fff);
  --text: var(--switchboard-text, #1b1f24);
  --quiet: var(--switchboard-quiet, #57606a);
  --bubble: var(--switchboard-bubble, #eef1f5);
  --edge: #8c959f;
  --alarm: #b3261e;
  --radius: var(--switchboard-radius, 14px);
  --offset: var(--switchboard-offset, 20px);
  font: 15px/1.45 var(--switchboard-font, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif);
  color: var(--text);
  color-scheme: light;
}
:host([data-theme='dark']) {
  --accent: var(--switchboard-accent, #a8c7fa);
  --accent-text: var(--switchboard-accent-text, #062e6f);
  --surface: var(--switchboard-surface, #1b1f24);
  --text: var(--switchboard-text, #f0f3f6);
  --quiet: var(--switchboard-quiet, #aab4be);
  --bubble: var(--switchboard-bubble, #2d333b);
  --edge: #768390;
  --alarm: #ffb4ab;
  color-scheme: dark;
}
*, *::before { box-sizing: border-box; }
[hidden] { display: none !important; }
button, textarea { font: inherit; color: inherit; margin: 0; }
button { cursor: pointer; border: 0; border-radius: 8px; padding: 8px 12px; min-height: 40px; }
button:focus-visible, textarea:focus-visible, .transcript:focus-visible {
  outline: 3px solid var(--text);
  outline-offset: 2px;
}
svg { width: 22px; height: 22px; display: block; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.launcher {
  position: fixed;
  z-index: var(--switchboard-layer, 2147483000);
  bottom: calc(var(--offset) + env(safe-area-inset-bottom, 0px));
  right: var(--offset);
  width: 58px;
  height: 58px;
  padding: 16px;
  border-radius: 50%;
  background: var(--accent);
  color: var(--accent-text);
  box-shadow: 0 4px 16px rgb(0 0 0 / .3);
}
.launcher svg { width: 26px; height: 26px; }
.badge {
  position: absolute;
  top: -4px;
  right: -4px;
  min-width: 22px;
  padding: 0 6px;
  border-radius: 11px;
  background: #b3261e;
  color: #fff;
  font-size: 13px;
  line-height: 22px;
  text-align: center;
}
.panel {
  position: fixed;
  z-index: var(--switchboard-layer, 2147483000);
  bottom: calc(var(--offset) + 74px);
  right: var(--offset);
  display: flex;
  flex-direction: column;
  width: 380px;
  height: min(620px, calc(100vh - var(--offset) * 2 - 74px));
  overflow: hidden;
  border: 1px solid color-mix(in srgb, var(--edge) 50%, transparent);
  border-radius: var(--radius);
  background: var(--surface);
  box-shadow: 0 12px 40px rgb(0 0 0 / .28);
  animation: rise .18s ease-out;
}
:host([data-side='left']) .launcher, :host([data-side='left']) .panel { right: auto; left: var(--offset); }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }
header { display: flex; align-items: center; gap: 4px; padding: 10px 10px 10px 18px; background: var(--accent); color: var(--accent-text); }
h2 { flex: 1; margin: 0; font-size: 17px; font-weight: 600; overflow-wrap: anywhere; }
.quiet { background: none; }
header .quiet { flex: none; }
header button:focus-visible, .launcher:focus-visible { outline-color: var(--accent-text); outline-offset: -4px; }
.hide { padding: 9px; }
.question { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 10px 18px; background: var(--bubble); }
.question span { flex: 1; }
.yes, .anew { background: var(--accent); color: var(--accent-text); }
.status { margin: 0; padding: 8px 18px; font-size: 14px; color: var(--quiet); border-bottom: 1px solid var(--bubble); }
.status:empty, .problem:empty { display: none; }
.status.lost, .problem { color: var(--alarm); }
.problem { margin: 0; padding: 4px 18px; font-size: 14px; }
.transcript { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 14px 18px; }
.transcript:focus-visible { outline-offset: -3px; }
.line { display: flex; flex-direction: column; align-items: flex-start; margin-bottom: 10px; }
.bubble { max-width: 85%; padding: 8px 12px; border-radius: 14px; background: var(--bubble); white-space: pre-wrap; overflow-wrap: anywhere; }
.agent .bubble { border-bottom-left-radius: 4px; }
.visitor { align-items: flex-end; }
.visitor .bubble { background: var(--accent); color: var(--accent-text); border-bottom-right-radius: 4px; }
.site { align-items: center; text-align: center; }
.site .bubble { max-width: 100%; padding: 2px 8px; background: none; color: var(--quiet); font-size: 14px; }
.meta { padding: 2px 4px; font-size: 12px; color: var(--quiet); }
.site .meta { display: none; }
.refused .delivery { color: var(--alarm); }
.file { padding: 0; min-height: 24px; background: none; text-decoration: underline; text-align: start; }
.typing { margin: 0; min-height: 22px; padding: 0 18px; font-size: 13px; color: var(--quiet); }
.anew { margin: 0 18px 8px; }
.composer { display: flex; align-items: flex-end; gap: 6px; padding: 10px 12px calc(10px + env(safe-area-inset-bottom, 0px)); border-top: 1px solid var(--bubble); }
textarea { flex: 1; min-width: 0; min-height: 40px; max-height: 120px; padding: 8px 12px; resize: none; font-size: 16px; border: 1px solid var(--edge); border-radius: 20px; background: var(--surface); }
textarea::placeholder { color: var(--quiet); opacity: 1; }
.composer button { flex: none; width: 40px; padding: 9px; border-radius: 50%; }
.send { background: var(--accent); color: var(--accent-text); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 480px) {
  .panel, :host([data-side='left']) .panel { inset: 0; width: auto; height: 100vh; height: 100dvh; border: 0; border-radius: 0; z-index: var(--switchboard-layer, 2147483001); }
  header { padding-top: calc(10px + env(safe-area-inset-top, 0px)); }
  button { min-height: 44px; }
}
@media (prefers-reduced-motion: reduce) { .panel { animation: none; } }
@media (forced-colors: active) { .bubble, .launcher, .panel, button { border: 1px solid; } }
`;
