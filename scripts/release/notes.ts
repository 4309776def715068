/** What CHANGELOG.md says of a version; of what is not released yet where it has no section of its own. */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^(?=## )/m);
  const own = sections.find((section) => section.startsWith(`## ${version}`));
  const found = own ?? sections.find((section) => section.startsWith('## Unreleased'));
  if (found === undefined) throw new Error(`CHANGELOG.md has neither ${version} nor Unreleased.`);
  return found.replace(/^## .*/, `# ctdiag ${version}`);
}
