// steps: what the page needs after the selection of tickets. Loaded when the selection can be used.
export { buyer_form, checkout_link, confirmation, order_summary } from "./checkout.js";
export { countdown } from "./countdown.js";
export { keep_order, show_own_orders } from "./my-orders.js";
export { offer_lost_tickets } from "./lost-tickets.js";
export { wait_in_line } from "./waiting.js";
