import type { Logger } from '../log.ts';
import { UNKNOWN_TEMPLATE } from '../domain/template.ts';
import type { PetTemplate } from '../domain/template.ts';
import type { Facts } from '../domain/turn.ts';

export type { Facts };

/** Facts from what ships with the service, where no other service is asked. */
export function embeddedFacts(templates: ReadonlyMap<number, PetTemplate>, log: Logger): Facts {
  const reported = new Set<number>();
  return {
    petTemplate(templateId) {
      const template = templates.get(templateId);
      if (template !== undefined) return template;
      if (!reported.has(templateId)) {
        reported.add(templateId);
        log.warn({ templateId }, 'unknown pet template: its pets are never hungry and know no trick');
      }
      return UNKNOWN_TEMPLATE;
    },
  };
}
