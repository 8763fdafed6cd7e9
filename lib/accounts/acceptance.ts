// Whom a provider lets in as it is configured: checked for a person who has just come back from it, and for every stored link.

/** What of an identity acceptance hangs on; it is kept with the link. */
export interface Origin {
  /** Within which the provider's subjects are unique, its issuer mostly; undefined: not known of a link of before it was kept. */
  readonly namespace?: string | undefined;
  /** The domain of a Google Workspace account, empty for any other; undefined: not known, or nothing that the provider tells. */
  readonly hostedDomain?: string | undefined;
}

export interface Acceptance {
  /** Whose subjects are the provider's; several where one issuer stands for many tenants. */
  readonly namespaces: readonly string[];
  /** The one domain whose people may come; undefined: anybody. */
  readonly hostedDomain?: string | undefined;
}

type Answer = boolean | undefined;

/** What is not known of a link of before it was kept could be the only one there is. */
function isOfNamespace({ namespaces }: Acceptance, { namespace }: Origin): Answer {
  if (namespace === undefined) return namespaces.length === 1 ? true : undefined;
  return namespaces.includes(namespace);
}

function isOfDomain(expected: Acceptance, { hostedDomain }: Origin): Answer {
  if (expected.hostedDomain === undefined) return true;
  return hostedDomain === undefined ? undefined : hostedDomain === expected.hostedDomain;
}

/** Undefined where it is not known: only the next sign-in can tell. */
export function accepts(acceptance: Acceptance, origin: Origin): Answer {
  const answers = [isOfNamespace(acceptance, origin), isOfDomain(acceptance, origin)];
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}
