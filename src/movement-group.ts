/** Returns the consumer group that reads movements, of a service with this group. */
export function movementGroupOf(group: string): string {
  return `${group}-movement`;
}
