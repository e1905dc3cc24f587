/** Text that can be read on the site's own colour. */

/** @param colour `#rgb` or `#rrggbb`; anything else gives undefined */
export function readableOn(colour: string): '#000000' | '#ffffff' | undefined {
  const channels = channelsOf(colour);
  if (channels === undefined) return undefined;
  const [red, green, blue] = channels.map(linear) as [number, number, number];
  // WCAG 2.2, relative luminance and contrast ratio.
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? '#ffffff' : '#000000';
}

function channelsOf(colour: string): readonly number[] | undefined {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour.trim())?.[1];
  if (digits === undefined) return undefined;
  const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  return [0, 2, 4].map((at) => Number.parseInt(long.slice(at, at + 2), 16) / 255);
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}
