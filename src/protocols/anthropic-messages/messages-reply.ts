/** What the encoders of an answer must know of a Messages request. */
export interface MessagesReply {
  /** The client asked not to be shown the reasoning (`thinking.display: "omitted"`): it gets only what is sealed. */
  readonly hideReasoning: boolean;
}
