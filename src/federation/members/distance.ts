/** The distance between two points of the globe. */

export type Coordinates = {
  /** Degrees, north is positive. */
  readonly latitude: number;
  /** Degrees, east is positive. */
  readonly longitude: number;
};

/** The sphere with the volume of the Earth; an error of 0.5 % is far below what is known of clients. */
const EARTH_KM = 6371;
export const RADIANS: number = Math.PI / 180;

/**
 * Kilometres along the great circle (haversine): also over the date line and the poles. Beyond a quarter of the way round it is
 * measured from the other side, since an arc sine near 1 is exact to decimetres only.
 */
export function distanceKm(from: Coordinates, to: Coordinates): number {
  const chord = chordOf(from, to);
  if (chord <= 0.5) return arcKm(Math.sqrt(chord));
  const opposite = { latitude: -to.latitude, longitude: to.longitude + 180 };
  return Math.PI * EARTH_KM - arcKm(Math.sqrt(chordOf(from, opposite)));
}

/** The square of half the chord of the unit sphere. */
function chordOf(from: Coordinates, to: Coordinates): number {
  const latitudes = Math.sin(((to.latitude - from.latitude) * RADIANS) / 2);
  const longitudes = Math.sin(((to.longitude - from.longitude) * RADIANS) / 2);
  const shrink = Math.cos(from.latitude * RADIANS) * Math.cos(to.latitude * RADIANS);
  return latitudes * latitudes + shrink * longitudes * longitudes;
}

/** Kilometres along the great circle between the ends of a chord of the unit sphere; `halfChord` is half its length. */
export function arcKm(halfChord: number): number {
  return 2 * EARTH_KM * Math.asin(Math.min(1, halfChord));
}
