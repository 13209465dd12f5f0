// steps: what the page needs after the selection of tickets. Loaded when the selection can be used.
export { buyer_form, checkout_link, confirmation, order_summary } from "./checkout.js";
export { countdown } from "./countdown.js";
export { wait_in_line } from "./waiting.js";
