/** Where small values outlive the page: the platform's storage, or a plain map in tests. */
export interface Shelf {
  read(name: string): unknown
  write(name: string, value: unknown): void
}

export function memoryShelf(): Shelf {
  const values = new Map<string, string>()
  return {
    read: (name) => {
      const text = values.get(name)
      return text === undefined ? undefined : JSON.parse(text)
    },
    write: (name, value) => {
      values.set(name, JSON.stringify(value))
    },
  }
}

/** A value under one name; anything unreadable counts as absent, since storage belongs to the phone. */
export function keptValue<T>(shelf: Shelf, name: string, absent: T) {
  return {
    read(): T {
      try {
        const value = shelf.read(name)
        return value === undefined || value === null || value === '' ? absent : (value as T)
      } catch {
        return absent
      }
    },
    write(value: T): void {
      try {
        shelf.write(name, value)
      } catch {
        // A full or forbidden storage must not stop anybody from shopping.
      }
    },
  }
}
