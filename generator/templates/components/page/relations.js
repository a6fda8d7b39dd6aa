/** Turns what messages cause around: what causes a message, and what it answers. */
export function causesOf({ channels, timed, operations }) {
  const messages = channels.flatMap((channel) => channel.messages);
  const isSame = (name) => (other) => other.channel === name.channel && other.message === name.message;
  const operationsWith = (name) => operations.filter((one) => one.messages.some(isSame(name)));
  return {
    /** Returns the messages and the points in time that cause a message. */
    of(name) {
      const isCause = ({ replies }) => replies?.some(({ message }) => isSame(name)(message));
      return {
        messages: messages.filter(({ effects }) => isCause(effects)).map((message) => message.name),
        timed: timed.filter(isCause),
      };
    },
    /** Returns the messages whose refusal a message is. */
    refusedBy(name) {
      const answered = operations.filter(({ replies }) => replies.some(isSame(name)));
      return messages
        .filter(({ effects }) => effects.reasons.length > 0)
        .filter((message) => answered.some((one) => one.messages.some(isSame(message.name))))
        .map((message) => message.name);
    },
    /** Returns the replies of the operations of a message. */
    repliesTo: (name) => distinct(operationsWith(name).flatMap(({ replies }) => replies)),
    /** Returns what becomes of a message that cannot be handled. */
    unhandled: (name) => distinct(operationsWith(name).flatMap(({ unhandled }) => unhandled)),
    /** Returns the operations whose records that cannot be handled become a message. */
    unhandledBy: (name) => operations.filter(({ unhandled }) => unhandled.some(isSame(name))),
  };
}

const distinct = (names) => [...new Map(names.map((name) => [JSON.stringify(name), name])).values()];
