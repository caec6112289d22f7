export interface Place {
  lat: number
  lng: number
}

/** Asks the phone where it is; null when refused, switched off or too slow. */
export function whereAmI(): Promise<Place | null> {
  return new Promise((resolve) => {
    const tooSlow = setTimeout(() => resolve(null), 8000)
    uni.getLocation({
      type: 'wgs84',
      success: ({ latitude, longitude }) => {
        clearTimeout(tooSlow)
        resolve({ lat: latitude, lng: longitude })
      },
      fail: () => {
        clearTimeout(tooSlow)
        resolve(null)
      },
    })
  })
}

/** Opens the phone's map at a place. */
export function showOnMap(place: Place & { name: string; address: string }): void {
  uni.openLocation({
    latitude: place.lat,
    longitude: place.lng,
    name: place.name,
    address: place.address,
    fail: () => undefined,
  })
}
