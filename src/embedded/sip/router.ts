import type { App } from './app.js';

/** Which applications want which methods. Several that want the same one take turns. */
export class Router {
  private readonly byMethod = new Map<string, App[]>();

  /** Notes that an application wants a method. */
  add(app: App, method: string): void {
    const key = method.toLowerCase();
    const apps = this.byMethod.get(key);
    if (apps === undefined) this.byMethod.set(key, [app]);
    else if (!apps.includes(app)) apps.push(app);
  }

  /** Takes a method away from an application. */
  remove(app: App, method: string): void {
    const key = method.toLowerCase();
    const left = (this.byMethod.get(key) ?? []).filter((each) => each !== app);
    if (left.length > 0) this.byMethod.set(key, left);
    else this.byMethod.delete(key);
  }

  /** Forgets an application that has gone. */
  removeAll(app: App): void {
    for (const method of [...this.byMethod.keys()]) this.remove(app, method);
  }

  /** The application whose turn it is; undefined when none wants the method. */
  choose(method: string): App | undefined {
    const apps = this.byMethod.get(method.toLowerCase());
    const next = apps?.shift();
    if (apps === undefined || next === undefined) return undefined;
    apps.push(next);
    return next;
  }
}
