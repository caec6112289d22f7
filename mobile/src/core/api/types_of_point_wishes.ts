/** A neighbour asks for a pickup point; kept only with `agrees`. */
export interface PointWish {
  name: string
  phone: string
  city: string
  estate: string
  address: string
  lat: number | null
  lng: number | null
  would_lead: boolean
  agrees: boolean
}
