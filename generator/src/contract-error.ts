/** The faults of a document, a line each, with their positions. */
export class ContractError extends Error {
  constructor(source: string, faults: readonly string[]) {
    super(faults.map((fault) => `${source}: ${fault}`).join('\n'));
    this.name = 'ContractError';
  }
}
