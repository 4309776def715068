/** A title with less and less in it: units go first, then the level, then what was refused. */
export function shorterTitles(title: string): string[] {
  const unitless = title.replace(/ (new connections|handshakes)/, '');
  const levelless = unitless.replace(/: [\d,?]+ of [\d,?]+/, '');
  return [title, unitless, levelless, levelless.replace(/; refus.*/, '')];
}
