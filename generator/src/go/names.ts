/** Makes Go identifiers of the names in a document, which may be any text. */

/** Words that Go writes in capitals. */
const INITIALISMS = new Set(
  'API ASCII CPU DNS EOF GUID HTML HTTP HTTPS ID IP JSON RPC SQL TCP TLS TTL UDP UI UID URI URL UTF8 UUID XML'.split(
    ' ',
  ),
);

/** Words that cannot be the name of a package. */
const KEYWORDS = new Set(
  (
    'break case chan const continue default defer else fallthrough for func go goto if import interface map package range ' +
    'return select struct switch type var'
  ).split(' '),
);

/** Exported names of the code that is the same for every document. */
export const USED_BY_RUNTIME: readonly string[] = [
  ...['Header', 'Record', 'Unknown', 'Outcome', 'Handled', 'Skipped', 'Invalid', 'Duplicate', 'Code', 'ContractError'],
  ...['InvalidJSON', 'InvalidPayload', 'InvalidHeaders', 'EncodeKey', 'DecodeKey'],
];

/** Methods of generated structs: a field of the same name would not compile. */
export const METHODS: readonly string[] = ['Validate', 'MarshalJSON', 'RecordKey', 'Known'];

/** Returns the name as an exported identifier: `unitId` is UnitID, and so is UNIT_ID. */
export function goName(name: string): string {
  const isConstant = !/\p{Ll}/u.test(name);
  const joined = wordsOf(name)
    .map((word) => capitalized(isConstant ? word.toLowerCase() : word))
    .join('');
  // Only a capital letter exports a name; many scripts have none.
  return /^\p{Lu}/u.test(joined) ? joined : `X${joined}`;
}

/** Returns the name of a file, with an ending that keeps it in the package on every system. */
export function fileName(name: string): string {
  return `${wordsOf(name).join('_').toLowerCase()}_channel.go`;
}

/** Returns the name of the package in a module; undefined if the path is none of a module, or its end no name of a package. */
export function packageNameIn(modulePath: string): string | undefined {
  const elements = modulePath.split('/');
  if (!elements.every((element) => /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/.test(element) && !element.endsWith('.')))
    return undefined;
  // A module of a later major version ends with it.
  const isVersion = elements.length > 1 && /^v[2-9]$|^v[1-9]\d+$/.test(elements.at(-1) ?? '');
  const name = elements.at(isVersion ? -2 : -1) ?? '';
  return /^[a-z][a-z0-9_]*$/.test(name) && !KEYWORDS.has(name) && name !== 'main' && !name.endsWith('_test')
    ? name
    : undefined;
}

/** Splits a name at everything that no identifier has, and where a word begins with a capital letter. */
function wordsOf(name: string): string[] {
  const found = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/(?<=[\p{Ll}\p{Nd}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, ' ')
    .split(/[^\p{L}\p{Nd}]+/u)
    .filter(Boolean);
  return found.length === 0 ? ['unnamed'] : found;
}

function capitalized(word: string): string {
  const upper = word.toUpperCase();
  if (INITIALISMS.has(upper)) return upper;
  if (/^[Ii]ds$/.test(word)) return 'IDs';
  return word.charAt(0).toUpperCase() + word.slice(1);
}
