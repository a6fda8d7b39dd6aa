import { stripTypeScriptTypes } from 'node:module';

/** Jest's transformer: types are stripped, as Node does; lines and columns stay where they are. */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
