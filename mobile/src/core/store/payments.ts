import { keptValue, type Shelf } from './shelf'

/** Which payment an order was last sent to the cashier with: only it knows that the cashier refused. */
export function lastPayment(shelf: Shelf, orderId: string) {
  return keptValue(shelf, `payment.${orderId}`, '')
}
