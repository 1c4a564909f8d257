import { html } from "../http/html.ts";
import type { Words } from "./words.ts";

export const english: Words = {
  wasl: (name) => html`Powered by ${name}`,
  waslName: "Wasl",
  ribbon: "Sandbox: no real money moves here",
  reference: "Reference",
  request: "Request",
  copy: "Copy",
  copied: "Copied",

  payTitle: (amount, merchant) => `Pay ${amount} to ${merchant}`,
  errorTitle: (title) => `Error: ${title}`,
  payHeading: (merchant) => html`Pay ${merchant}`,
  payButton: (amount) => html`Pay ${amount}`,
  payBusy: "Processing…",
  cancelLink: (merchant) => html`Cancel and return to ${merchant}`,
  privacy: (merchant) => html`${merchant} does not see your card number.`,
  cardHeading: "Card details",
  brandsLabel: "Cards accepted",
  billingHeading: "Billing details",
  billingHint: "Your bank uses these to check the card.",
  chooseCountry: "Choose a country",
  labels: {
    number: "Card number",
    expiry: "Expiry date",
    security_code: "Security code",
    holder: "Name on card",
    name: "Full name",
    email: "Email",
    phone: "Phone",
    street1: "Street and building",
    city: "City",
    state: "State or region",
    country: "Country",
    zip: "Postal code",
    amount: (currency) => `Amount in ${currency}`,
  },
  zipHint: "Leave it empty if your country has none.",
  shippingHeading: "Delivery address",
  shippingOther: "Deliver to another address",
  shippingHint: "Leave this empty to use your billing address.",
  register: {
    title: (merchant) => `Register your card with ${merchant}`,
    heading: (merchant) => html`Register your card with ${merchant}`,
    button: "Register card",
    note: "The amount is only checked and released at once.",
  },
  saveCard: {
    label: (merchant) => html`Save this card for my next payments to ${merchant}`,
    hint: "Your card is kept encrypted here. The security code is never kept.",
  },
  storedCard: {
    heading: "Your saved card",
    expires: (date) => html`Expires ${date}`,
    testCode: (code) => `test card: ${code}`,
  },
  expiryHint: "For example 04\u00A0/\u00A030",
  codeHintBack: "3 digits on the back",
  codeHintFront: "4 digits on the front",
  errorSummary: (count) =>
    count === 1 ? "Please correct one field" : `Please correct ${count} fields`,
  errors: {
    number: {
      missing: "Enter the number on your card",
      invalid: "Check the card number: a digit may be missing or swapped",
      not_a_test_card:
        "This sandbox takes test cards only. Never enter a real card here; choose one from “Test cards” below",
      not_taken: "This card is not one of those accepted here. Please use another card",
      brand_not_supported: "This kind of card is not accepted here. Please use another card",
    },
    expiry: {
      missing: "Enter the expiry date on your card",
      invalid: "Enter the month and year as on your card",
      past: "This date has passed. Check it, or use another card",
    },
    security_code: {
      missing: "Enter the security code",
      length: "The security code has 3 digits (American Express: 4)",
    },
    holder: {
      missing: "Enter the name as it stands on your card",
      too_long: "Enter the name in at most 100 characters",
    },
    amount: {
      missing: "Enter the amount you want to pay",
      invalid: "Enter the amount in digits, for example 50",
      too_small: (limit) => `The least you can pay here is ${limit}`,
      too_large: (limit) => `The most you can pay here is ${limit}`,
    },
    contact: {
      name: { missing: "Enter your full name", invalid: "Check your name" },
      email: {
        missing: "Enter your email address",
        invalid: "Enter an email address like name@example.com",
      },
      phone: {
        missing: "Enter your phone number",
        invalid:
          "Enter a phone number with its country code, for example +966\u00A050\u00A0123\u00A04567",
      },
      street1: { missing: "Enter your street and building", invalid: "Check your address" },
      city: { missing: "Enter your city", invalid: "Check your city" },
      state: { missing: "Enter your state or region", invalid: "Check your state or region" },
      country: { missing: "Choose your country", invalid: "Choose a country from the list" },
      zip: { missing: "Enter your postal code", invalid: "Check your postal code" },
    },
  },

  payPlain: "Pay",
  donationHeading: "You choose the amount",
  donationBounds: (min, max) => {
    if (min === null) return html`At most ${max}`;
    return max === null ? html`At least ${min}` : html`From ${min} to ${max}`;
  },
  alternative: (amount, currency) => html`About ${amount}. You pay in ${currency}.`,
  cardFilter: (prefixes) => html`Only cards beginning with ${prefixes} are accepted here.`,
  listComma: ", ",
  discount: "Card discount",
  before: "Before the discount:",
  totalChanged: "The total has changed",
  newTotal: (amount) => html`With this card you pay ${amount}.`,
  typeCodeAgain: "Please enter the security code again to pay.",
  waysHeading: "How do you want to pay?",
  otherWays: "Or pay another way",
  itemsHeading: (count) => (count === 1 ? "1 item" : `${count} items`),
  lineDiscount: (amount) => html`discount ${amount}`,
  lineTax: (amount) => html`tax ${amount}`,
  charges: { shipping: "Delivery", extra: "Other charges", discount: "Discount" },

  orderHeading: "Your order",
  rows: {
    to: "Shop",
    description: "Description",
    order: "Order",
    booking: "Booking reference",
    card: "Card",
    method: "Way to pay",
    bill: "Bill number",
    payUntil: "Pay until",
    before: "Before the discount",
    amount: "Amount",
    time: "Time",
  },

  endsAt: (time) => html`This page closes at ${time}`,
  moreTime: "Need more time?",
  moreTimeYes: "Yes, give me more time",
  moreTimeNo: "No, thank you",
  moreTimeText: (time) =>
    html`This page closes at ${time}. What you have typed stays if you ask for more time.`,
  moreTimeDone: "You have more time. This page now closes at {time}.",
  moreTimeFailed: "More time could not be given. This page closes at {time}.",
  minutesLeft5: "5 minutes left to pay",
  minutesLeft2: "2 minutes left to pay",

  testCards: "Test cards",
  testCardsIntro: "They work only here. Never enter a real card in the sandbox.",
  testCardColumns: {
    outcome: "What happens",
    number: "Number",
    expiry: "Expiry",
    code: "Code",
    use: "Use",
  },
  useTestCard: "Use",
  testCardFilled: "The form is filled with the test card",

  confirmCancel: {
    title: "Cancel this payment?",
    text: (merchant) =>
      html`Your card has not been charged. If you cancel, you return to ${merchant}.`,
  },
  confirmCancelYes: "Yes, cancel the payment",
  confirmCancelNo: "No, go back and pay",

  processing: {
    checking: {
      title: "Checking with your bank",
      text: () => html`This takes a few seconds. Please keep this page open.`,
    },
    unknown: {
      title: "We do not know yet",
      text: (merchant) =>
        html`Your bank has not answered so far. ${merchant} will confirm the result to you. Please
        do not pay again.`,
    },
  },
  checkAgain: "Check again",

  outcomes: {
    paid: {
      title: "Paid",
      text: (merchant) => html`Thank you. Your payment to ${merchant} is done.`,
    },
    registered: {
      title: "Card registered",
      text: (merchant) =>
        html`Thank you. Your card is registered with ${merchant}. Nothing was charged.`,
    },
    held: {
      title: "We are checking this payment",
      text: (merchant) => html`${merchant} will confirm it to you. Please do not pay again.`,
    },
    pending: {
      title: "Your payment is not finished yet",
      text: (merchant) => html`${merchant} will confirm it to you. Please do not pay again.`,
    },
    declined: {
      title: "The payment was not accepted",
      text: (merchant) =>
        html`Your card has not been charged. You can try another card or another way to pay at
        ${merchant}.`,
    },
    cancelled: {
      title: "Payment cancelled",
      text: () => html`Your card has not been charged.`,
    },
    expired: {
      title: "The time to pay has ended",
      text: (merchant) =>
        html`Your card has not been charged. To pay, please start again at ${merchant}.`,
    },
    error: {
      title: "The payment could not be made",
      text: (merchant) => html`Nothing was charged. You can try again at ${merchant}.`,
    },
  },
  bill: {
    title: "Pay with this number",
    text: (merchant) =>
      html`Enter it in your bank's app or say it at a counter. ${merchant} learns of it by itself.`,
  },
  billExpired: {
    title: "The time to pay has ended",
    text: (merchant) =>
      html`This bill can no longer be paid, and nothing was taken from you. To pay, please start
      again at ${merchant}.`,
  },
  billSimulate: "Sandbox: pay this bill or let it expire on the simulated bank's page",
  continueButton: (merchant) => html`Continue to ${merchant}`,
  returning: (merchant) =>
    html`Returning to ${merchant}… If nothing happens, please press the button.`,
  receipt: "Receipt",
  keepReceipt: "You can close this page. Keep the reference in case you have a question.",
  print: "Print",

  problems: {
    used_link: {
      title: "This payment is already finished",
      text: (merchant) =>
        merchant === null
          ? html`This link has been used and cannot be paid again.`
          : html`This link has been used and cannot be paid again. ${merchant} knows the result.`,
    },
    unknown_link: {
      title: "We cannot find this payment",
      text: () => html`The link may be incomplete. Please start again at the shop.`,
    },
    not_found: {
      title: "There is no page here",
      text: () => html`Please check the address, or start again at the shop.`,
    },
    too_many: {
      title: "Please try again in a minute",
      text: () => html`Many payments are being started here just now. You have not paid yet.`,
    },
    server_error: {
      title: "Something went wrong on our side",
      text: () =>
        html`Please try again in a minute. If you had already pressed Pay, ask the shop before you
        pay again.`,
    },
  },
  seeResult: "See the result",
  tryAgain: "Try again",
  seeInvoice: "See the invoice",
};
