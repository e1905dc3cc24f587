/** What carries words from one controller of a site to the others. Words may be lost, never changed nor put in another order. */
export interface PeerBus {
  /** Names this controller. */
  readonly node: string;
  /** Resolves to `false` when nobody of that name listens. */
  send(to: string, text: string): Promise<boolean>;
  broadcast(text: string): Promise<void>;
  /** The returned function ends it. */
  listen(listener: (text: string) => void): () => void;
}
