/**
 * Members of a recorded JSON answer that another answer lacks or has in another type, as paths; items of lists are not
 * compared. An answer that is no JSON at all is one finding.
 */
export function sameShape(recorded: string, actual: string): string[] {
  try {
    return differences('', JSON.parse(recorded), JSON.parse(actual));
  } catch {
    return [`not JSON: ${actual.slice(0, 100)}`];
  }
}

function differences(path: string, recorded: unknown, actual: unknown): string[] {
  if (kindOf(recorded) !== kindOf(actual)) return [`${path}: ${kindOf(actual)} for ${kindOf(recorded)}`];
  if (kindOf(recorded) !== 'object') return [];
  const members = actual as Record<string, unknown>;
  return Object.entries(recorded as Record<string, unknown>).flatMap(([name, value]) =>
    differences(`${path}.${name}`, value, members[name]),
  );
}

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
