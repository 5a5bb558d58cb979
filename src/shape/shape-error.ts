/** What the type of a tensor that does not fit is required to be: one sentence the editor shows. */
export interface ShapeError<Message extends string> {
  readonly shapeError: Message
}
