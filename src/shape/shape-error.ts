/** What the type of a tensor that does not fit is required to be: one sentence the editor shows. */
export interface ShapeError<Message extends string> {
  /** A function, because two errors that held plain literals would be `never` together and hide what they say. */
  readonly shapeError: () => Message
}
