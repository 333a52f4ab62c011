/** Which part of a stack an object belongs to. */
export interface Part {
  /** The software: `rabbitmq`, `mq-collector`. */
  readonly name: string;
  /** What it does in the stack: `broker`, `collector`, `sender`, `access`. */
  readonly component: string;
  /** Name of the stack. */
  readonly stack: string;
}

/**
 * The recommended labels; every object that we make carries them.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function labelsOf(part: Part): Record<string, string> {
  return {
    ...selectorOf(part),
    "app.kubernetes.io/part-of": "mq",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** The labels that select the pods of a part: those that never change. */
export function selectorOf({ name, component, stack }: Part): Record<string, string> {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/instance": stack,
    "app.kubernetes.io/component": component,
  };
}
