/** The whole terminal as one picture. */
const ESC = '\u001b[';

/** Puts a live picture in place of the terminal's contents, and gives them back at the end. */
export interface Screen {
  draw(lines: readonly string[]): void;
  close(): void;
}

export function openScreen(output: NodeJS.WriteStream): Screen {
  // The alternate screen, so that what stood there before comes back; no cursor.
  output.write(`${ESC}?1049h${ESC}?25l${ESC}2J`);
  let last: readonly string[] = [];
  const onResize = (): void => {
    last = [];
    output.write(`${ESC}2J`);
  };
  output.on('resize', onResize);
  return {
    draw(lines) {
      let text = '';
      for (const [index, line] of lines.entries()) {
        if (line !== last[index]) text += `${ESC}${index + 1};1H${line}${ESC}K`;
      }
      if (lines.length < last.length) text += `${ESC}${lines.length + 1};1H${ESC}J`;
      last = lines;
      if (text !== '') output.write(text);
    },
    close() {
      output.off('resize', onResize);
      output.write(`${ESC}?25h${ESC}?1049l`);
    },
  };
}
