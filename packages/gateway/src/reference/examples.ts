// What the examples of openapi.json have in common.

export const customer = {
  name: "Sara Ali",
  email: "sara@example.com",
  phone: "+966500000001",
  street1: "King Rd 1",
  city: "Riyadh",
  state: "01",
  country: "SA",
  zip: "12345",
};

export const cart = {
  cart_id: "order-7001",
  cart_description: "basket",
  cart_currency: "SAR",
  cart_amount: "500.00",
};

export const origin = {
  serviceId: 2,
  paymentChannel: "Payment Page",
  profileId: 45_001,
  merchantId: 20_001,
  trace: "PMNT0101.69CD0A1D.0000C001",
};

export const paid = {
  tran_currency: "SAR",
  tran_total: "500.00",
  customer_details: customer,
  payment_result: {
    response_status: "A",
    response_code: "G40217",
    response_message: "Authorised",
    transaction_time: "2026-04-01T12:05:49Z",
  },
  payment_info: {
    payment_method: "Visa",
    card_type: "Credit",
    card_scheme: "Visa",
    payment_description: "4111 11## #### 1111",
    expiryMonth: 12,
    expiryYear: 2029,
  },
};
