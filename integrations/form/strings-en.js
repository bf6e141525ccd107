// English. The other languages have the same names; what is missing there is English.
export default {
  // Headings
  comments: { one: "{n} comment", other: "{n} comments" },
  noComments: "No comments yet. Be the first to write one.",
  leaveAComment: "Leave a comment",
  yourComments: "Comments you sent",
  published: "Comments",
  guidance:
    "We welcome thoughtful discussions from our readers. Please keep comments respectful and on-topic.",

  // The form
  name: "Your name",
  optional: "optional",
  text: "Your comment",
  atLeast: { one: "At least {n} character", other: "At least {n} characters" },
  count: "{n}/{minimum}",
  length: { one: "{n} character", other: "{n} characters" },
  write: "Write a comment to post it.",
  more: { one: "{n} more character to go.", other: "{n} more characters to go." },
  filler: "Repeated characters count three times at most. Please write a little more.",
  tooLong: { one: "{n} character too many.", other: "{n} characters too many." },
  enough: "Your comment is long enough to post.",
  closed: "Comments are closed here.",
  closedUntil: "Comments are closed here until {when}.",
  post: "Post comment",
  posting: "Posting …",
  replyTo: "Reply to {name}",
  cancelReply: "Cancel reply",

  // Before sending
  hint: "This may read as disrespectful: you can still send it.",
  hintWords: "The words in question: {words}.",
  quoted: "“{word}”",
  edit: "Edit",
  sendAnyway: "Send anyway",

  // What became of it
  pending: "Received. Your comment is being checked.",
  held: "Received. A moderator will read your comment before it is published.",
  approved: "Your comment is published.",
  rejected: "Your comment was not published.",
  you: "Your comment",

  // A second opinion
  appeal: "Ask for a second look",
  appealAbout: "Tell our moderators why your comment should be published.",
  appealText: "Your reasons",
  appealOpen: "A moderator is taking a second look at your comment.",
  appealUpheld: "A moderator took a second look. Your comment remains unpublished.",
  appealOverturned: "A moderator took a second look and changed the decision.",

  // The published comments
  anonymous: "A reader",
  inReplyTo: "in reply to {name}",
  reply: "Reply",
  showMore: "Show more comments",
  listFailed: "The comments could not be loaded.",
  tryAgain: "Try again",

  // Reporting a comment
  report: "Report",
  reportHeading: "Report this comment",
  reportKind: "What is wrong with it?",
  kind_abuse: "It is insulting or threatening",
  kind_spam: "It is advertising or spam",
  kind_illegal: "It is illegal",
  kind_other: "Something else",
  reportText: "Anything our moderators should know",
  reported: "Thank you. Our moderators will look at it.",
  send: "Send",
  cancel: "Cancel",

  // When something goes wrong
  tooShortError: "Your comment has {length} of at least {n} characters. Please write a little more.",
  tooLongError: "Your comment is longer than {n} characters. Please shorten it.",
  invalidError: "Your comment could not be accepted like this. Please change it and send it again.",
  forbiddenError: "Comments cannot be sent from this page. Your text is kept here.",
  goneError: "This can no longer be done.",
  tooManyError: {
    one: "Too many comments are coming in. Your text is kept: please try again in {n} second.",
    other: "Too many comments are coming in. Your text is kept: please try again in {n} seconds.",
  },
  tooManyMinutesError: {
    one: "Too many comments are coming in. Your text is kept: please try again in {n} minute.",
    other: "Too many comments are coming in. Your text is kept: please try again in {n} minutes.",
  },
  busyError: "Comments cannot be accepted at the moment. Your text is kept: please try again in a little while.",
  offlineError: "There is no connection. Your text is kept: please try again.",
  otherError: "Your comment could not be sent. Your text is kept: please try again.",
};
