/** A label on a resource: key 1 to 64 characters, value 0 to 128. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}
