/** Returns a count with its noun: "1 record", "2 records". */
export function countText(count: number, singular: string, plural = `${singular}s`): string {
  return `${String(count)} ${count === 1 ? singular : plural}`;
}
