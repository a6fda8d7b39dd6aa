/** HTML pages: the home page and the contract. */
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { channels } from '../../generated/contract/channels.js';
import { compressPage, sendCompressed } from './compressed-answers.ts';

const CONTRACT = new URL('../../asyncapi.yaml', import.meta.url);
const CONTRACT_PAGE = new URL('../../generated/contract/contract.html', import.meta.url);

const HTML = 'text/html; charset=utf-8';

/**
 * Serves the pages: `/` lists what there is, `/contract` shows every message, `/contract/asyncapi.yaml` is the contract
 * itself.
 */
export async function addPages(scope: FastifyInstance): Promise<void> {
  const [contractPage, contract] = await Promise.all([readFile(CONTRACT_PAGE, 'utf8'), readFile(CONTRACT, 'utf8')]);
  const pages = {
    '/': await compressPage(HTML, HOME),
    '/contract': await compressPage(HTML, contractPage),
    '/contract/asyncapi.yaml': await compressPage('application/yaml; charset=utf-8', contract),
  };
  for (const [path, page] of Object.entries(pages)) {
    scope.get(path, (request, reply) => sendCompressed(request, reply, page));
  }
}

const LINKS = [
  ['/contract', 'Every message that this service reads and sends'],
  ['/contract/asyncapi.yaml', 'The same as an AsyncAPI document'],
  ['/readyz', 'What the service needs, and whether it has it'],
  ['/livez', 'Whether the process is up'],
  ['/metrics', 'Figures for Prometheus'],
] as const;

const HOME = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pet-service</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem }</style>
<h1>pet-service</h1>
<p>Keeps every player's pets: reads ${String(channels.filter(({ direction }) => direction === 'receive').length)} channels
of a Kafka broker, stores what they change, and publishes events about it on
${String(channels.filter(({ direction }) => direction === 'send').length)} others.</p>
<ul>
${LINKS.map(([path, what]) => `<li><a href="${path}">${path}</a>: ${what}</li>`).join('\n')}
</ul>
<p>Pets are created by <code>POST /api/pets</code>, and read by <code>GET /api/pets/{petId}</code> and
<code>GET /api/characters/{characterId}/pets</code>, with the tenant as headers.</p>
</html>
`;
