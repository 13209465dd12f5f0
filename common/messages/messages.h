/* messages: the sentences that visitors read, in each language; see doc/languages.md. */
#ifndef TG_MESSAGES_MESSAGES_H
#define TG_MESSAGES_MESSAGES_H

#include "common/base/arena.h"
#include "common/base/buf.h"

#include <stdint.h>

/* Every sentence. Names in braces are placeholders: the same in all languages, in any order. A
 * message with a number is two, _ONE for exactly 1 and, after it, _OTHER. */
enum message_id {
	/* times and prices */
	MSG_JANUARY,
	MSG_FEBRUARY,
	MSG_MARCH,
	MSG_APRIL,
	MSG_MAY,
	MSG_JUNE,
	MSG_JULY,
	MSG_AUGUST,
	MSG_SEPTEMBER,
	MSG_OCTOBER,
	MSG_NOVEMBER,
	MSG_DECEMBER,
	MSG_SUN,
	MSG_MON,
	MSG_TUE,
	MSG_WED,
	MSG_THU,
	MSG_FRI,
	MSG_SAT,
	MSG_DATE_TIME,
	MSG_TIME_SPAN,
	MSG_SECONDS_ONE,
	MSG_SECONDS_OTHER,
	MSG_MINUTES_ONE,
	MSG_MINUTES_OTHER,
	MSG_FREE,
	MSG_PRICE_WITH_FEE,
	/* all public pages */
	MSG_TICKETS_BY,
	MSG_LANGUAGE,
	MSG_ADD_TO_CALENDAR,
	MSG_OPEN_MAP,
	MSG_TRY_AGAIN,
	/* the organizer's page */
	MSG_UPCOMING_EVENTS,
	MSG_UPCOMING_EVENTS_OF,
	MSG_NO_UPCOMING_EVENTS,
	MSG_NEXT_EVENTS,
	MSG_ATOM_FEED,
	/* the event page */
	MSG_SKIP_TO_TICKETS,
	MSG_WHEN,
	MSG_WHERE,
	MSG_TICKETS,
	MSG_ABOUT,
	MSG_PICTURES,
	MSG_SCHEDULE,
	MSG_LINE_UP,
	MSG_VENUE,
	MSG_PARTNERS,
	MSG_TO_BE_ANNOUNCED,
	MSG_NO_TICKETS_YET,
	MSG_NEEDS_SCRIPT,
	MSG_SALE_OPENS,
	MSG_SALE_NOT_YET,
	MSG_SALE_NOT_YET_UPDATES,
	MSG_SALE_OPEN,
	MSG_SALE_SOLD_OUT,
	MSG_SALE_CLOSED,
	MSG_SALE_OVER,
	MSG_TYPE_LEFT,
	MSG_TYPE_FROM,
	MSG_TYPE_SOLD_OUT,
	MSG_TYPE_CLOSED,
	MSG_TYPE_OVER,
	/* what performers and brands are */
	MSG_ROLE_HEADLINER,
	MSG_ROLE_SUPPORT,
	MSG_ROLE_HOST,
	MSG_ROLE_SPEAKER,
	MSG_ROLE_PRESENTER,
	MSG_ROLE_ORGANIZER,
	MSG_ROLE_SPONSOR,
	MSG_ROLE_PARTNER,
	MSG_ROLE_MEDIA,
	/* selecting tickets */
	MSG_GET_TICKETS,
	MSG_SELECT_A_TICKET,
	MSG_NO_TICKETS_SELECTED,
	MSG_TICKET_COUNT_ONE,
	MSG_TICKET_COUNT_OTHER,
	MSG_FREE_OF_CHARGE,
	MSG_QUANTITY,
	MSG_DECREASE_QUANTITY,
	MSG_INCREASE_QUANTITY,
	MSG_LIMIT_MIN,
	MSG_LIMIT_MAX,
	MSG_LIMIT_MIN_MAX,
	MSG_SELECTION_REMOVED,
	MSG_SELECTION_REDUCED,
	MSG_PRICE_CHANGED,
	MSG_NO_ONLINE_SALE,
	MSG_EVENT_CHANGED,
	MSG_SHOW_CHANGES,
	MSG_IN_LINE,
	MSG_IN_LINE_WHY,
	MSG_NEXT_TRY,
	MSG_STOP_WAITING,
	/* checkout */
	MSG_YOUR_DETAILS,
	MSG_RESERVED,
	MSG_RESERVED_FOR,
	MSG_TIME_LEFT,
	MSG_YOUR_TICKETS,
	MSG_FEES,
	MSG_TOTAL,
	MSG_CHANGE_TICKETS,
	MSG_NAME,
	MSG_ENTER_NAME,
	MSG_EMAIL,
	MSG_ENTER_EMAIL,
	MSG_ENTER_VALID_EMAIL,
	MSG_COMPLETE_ORDER,
	MSG_PAY_AT,
	MSG_TO_CHECKOUT,
	MSG_EXPIRED,
	MSG_EXPIRED_WHY,
	MSG_SELECT_AGAIN,
	MSG_ORDER_COMPLETE,
	MSG_ORDER_COMPLETE_WHY,
	MSG_GET_MORE_TICKETS,
	MSG_YOU_ARE_GOING,
	MSG_ORDER_REFERENCE,
	MSG_KEEP_TICKETS,
	MSG_KEEP_TICKETS_HOW,
	MSG_SHOW_TICKETS,
	MSG_ORDERED,
	MSG_PRINT,
	/* errors */
	MSG_ERROR_UNREACHABLE,
	MSG_ERROR_UNREACHABLE_HINT,
	MSG_ERROR_STATUS,
	MSG_ERROR_UNEXPECTED,
	MSG_ERROR_RETRY_IN_ONE,
	MSG_ERROR_RETRY_IN_OTHER,
	MSG_ERROR_INVALID,
	MSG_ERROR_CONFLICT,
	MSG_ERROR_NOT_FOUND,
	MSG_ERROR_RATE,
	MSG_ERROR_INTERNAL,
	MSG_REQUEST_ID,
	MSG_PAGE_NOT_FOUND,
	MSG_PAGE_NOT_FOUND_WHY,
	MSG_PAGE_READ_ONLY,
	MSG_PAGE_READ_ONLY_WHY,
	MSG_PAGE_RATE,
	MSG_PAGE_RATE_WHY,
	MSG_PAGE_UNAVAILABLE,
	MSG_PAGE_UNAVAILABLE_WHY,
	MSG_PAGE_ERROR,
	MSG_PAGE_ERROR_WHY,
	/* tickets */
	MSG_EVENT_PAGE,
	MSG_TICKETS_RANGE,
	MSG_PREVIOUS_TICKETS,
	MSG_NEXT_TICKETS,
	MSG_KEEP_LINK,
	MSG_TICKET_CODE,
	MSG_QR_CODE_OF,
	MSG_SHOW_AT_ENTRANCE,
	MSG_CHANGE_NAME,
	MSG_NEW_NAME,
	MSG_ENTER_HOLDER,
	MSG_SAVE,
	MSG_CANCEL,
	MSG_NAME_CHANGED,
	MSG_NAME_NOT_CHANGED,
	MSG_OPEN_TICKET,
	MSG_STATE_CHECKED_IN,
	MSG_STATE_CHECKED_IN_AT,
	MSG_STATE_CHECKED_IN_GATE,
	MSG_STATE_REFUNDED,
	MSG_STATE_REFUNDED_WHY,
	MSG_STATE_REISSUED,
	MSG_STATE_REISSUED_WHY,
	MSG_PRINT_LAYOUT,
	MSG_PRINT_ONE,
	MSG_PRINT_FOUR,
	MSG_LOST_TICKETS,
	MSG_LOST_TICKETS_HOW,
	MSG_SEND_LINK,
	MSG_LINK_SENT,
	MSG_TICKET_NOT_FOUND,
	MSG_TICKET_NOT_FOUND_WHY,
	/* mail */
	MSG_MAIL_SUBJECT_ORDER,
	MSG_MAIL_SUBJECT_REFUND,
	MSG_MAIL_SUBJECT_REISSUE,
	MSG_MAIL_SUBJECT_INVITATION,
	MSG_MAIL_SUBJECT_PASSWORD,
	MSG_MAIL_HELLO,
	MSG_MAIL_HELLO_NOBODY,
	MSG_MAIL_ORDER,
	MSG_MAIL_LINK,
	MSG_MAIL_REFUND,
	MSG_MAIL_REISSUE,
	MSG_MAIL_REFUNDED,
	MSG_MAIL_ALL_REFUNDED,
	MSG_MAIL_OPEN_ORDER,
	MSG_MAIL_TICKETS_SHOWN,
	MSG_MAIL_KEEP,
	MSG_MAIL_REASON,
	MSG_MAIL_INVITATION,
	MSG_MAIL_PASSWORD,
	MSG_MAIL_ACCEPT,
	MSG_MAIL_CHOOSE_PASSWORD,
	MSG_MAIL_LINK_ONCE,
	/* the door */
	MSG_DOOR_TITLE,
	MSG_DOOR_SIGN_IN,
	MSG_DOOR_PASSWORD,
	MSG_DOOR_WRONG_SIGN_IN,
	MSG_DOOR_MAY_NOT,
	MSG_DOOR_CHOOSE_EVENT,
	MSG_DOOR_NO_EVENTS,
	MSG_DOOR_GATE,
	MSG_DOOR_POINT,
	MSG_DOOR_NO_CAMERA,
	MSG_DOOR_CAMERA_DENIED,
	MSG_DOOR_CODE,
	MSG_DOOR_CHECK_IN,
	MSG_DOOR_FIND,
	MSG_DOOR_NAME,
	MSG_DOOR_NOBODY,
	MSG_DOOR_FIND_OFFLINE,
	MSG_DOOR_CLOSE,
	MSG_DOOR_NEXT,
	MSG_DOOR_ADMITTED,
	MSG_DOOR_ALREADY,
	MSG_DOOR_REFUNDED,
	MSG_DOOR_REISSUED,
	MSG_DOOR_REISSUED_WHY,
	MSG_DOOR_WRONG_EVENT,
	MSG_DOOR_UNKNOWN,
	MSG_DOOR_UNKNOWN_WHY,
	MSG_DOOR_UNKNOWN_OFFLINE,
	MSG_DOOR_AT_GATE,
	MSG_DOOR_UNDO,
	MSG_DOOR_OFFLINE,
	MSG_DOOR_WAITING_ONE,
	MSG_DOOR_WAITING_OTHER,
	MSG_DOOR_INSIDE,
	MSG_DOOR_CONFLICTS,
	MSG_DOOR_CHANGE_EVENT,
	MSG_DOOR_SIGN_OUT,
	MSG_DOOR_FAILED,
	MESSAGES
};

/* The languages, the default one first. */
enum language { LANGUAGE_EN, LANGUAGE_FIL, LANGUAGES };

/* The sentence as it is in the catalogue, with its placeholders. */
const char *message(enum language l, enum message_id id);
/* Which of a pair of messages is for the number n. */
enum message_id message_for_count(enum message_id one, int64_t n);

/* The language's tag for <html lang> ("fil", BCP 47) and its own name for itself ("Filipino"). */
const char *language_tag(enum language l);
const char *language_name(enum language l);
/* The language that a visitor reads: `chosen`, a tag, if there is a catalogue for it; otherwise
 * the best that Accept-Language asks for (RFC 9110 section 12.5.4, looked up as RFC 4647 section
 * 3.4 says); otherwise the default. Both may be NULL. */
enum language language_from(const char *accept_language, const char *chosen);
/* Whether `chosen` is a tag that decides by itself. */
bool language_known(const char *chosen);

/* What a text is written into. */
enum message_context {
	MESSAGE_TEXT, /* a line of text: control characters of values become spaces */
	MESSAGE_HTML, /* text or an attribute's value: everything is escaped */
};
/* A placeholder's name and what stands for it. */
struct message_value {
	const char *name, *value;
};
/* Appends a message with its placeholders replaced. `values` ends with a NULL name; a placeholder
 * without a value is a bug, and stays as it is. */
void message_expand(struct buf *out, const char *text, const struct message_value *values,
	enum message_context context);
/* A message as a line of text in the arena; names and values alternate and end with NULL:
 * message_text(a, l, MSG_TICKETS_BY, "organizer", name, NULL). */
char *message_text(struct arena *a, enum language l, enum message_id id, ...)
	__attribute__((sentinel));

/* The tables of the languages; only common/messages/messages.c and tests read them. */
extern const char *const messages_en[MESSAGES], *const messages_fil[MESSAGES];

#endif
