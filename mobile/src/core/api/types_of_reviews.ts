/** What the API tells of reviews; see docs/openapi.json. */
import type { Listing } from './types'

export interface ReviewPicture {
  id: string
  image: string
  thumb: string
}

export interface Review {
  id: string
  product_id: string
  title: string
  sku_label: string
  by: string
  stars: number
  words: string
  pictures: ReviewPicture[]
  at: string
  addition: { at: string; words: string; pictures: ReviewPicture[] } | null
  reply: { at: string; words: string } | null
}

export interface OwnReview extends Review {
  hidden_reason: string
  can_add: boolean
}

export interface ProductReviews extends Listing<Review> {
  rating: { average: string; count: number; by_stars: number[] }
}

export interface LineToReview {
  line_id: string
  order_id: string
  order_number: string
  product_id: string
  title: string
  sku_label: string
  image: string | null
  placed_at: string
}

export interface NewReview {
  line_id: string
  stars: number
  words: string
  is_anonymous: boolean
  picture_ids: string[]
}
