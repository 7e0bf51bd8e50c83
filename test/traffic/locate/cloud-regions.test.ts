/** Where the regions of clouds are, and how far apart: known distances, and a table without slips. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { distanceKm } from "../../../src/federation/members/distance.ts";
import { coordinatesOfRegion, knownRegions } from "../../../src/traffic/locate/cloud-regions.ts";

function kmBetween(a: string, b: string): number {
  const [from, to] = [coordinatesOfRegion(a), coordinatesOfRegion(b)];
  assert.ok(from !== null && to !== null, `${a} and ${b} are known`);
  return distanceKm(from, to);
}

function isNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= expected * 0.02, `${actual} km is not ${expected} km`);
}

describe("coordinatesOfRegion", () => {
  it("knows the regions of all clouds, in any case, and no others", () => {
    for (const region of ["us-east-1", "europe-west3", "westeurope", "FSN1", "fra1", "uk-london-1", "jp-tok"])
      assert.notEqual(coordinatesOfRegion(region), null, region);
    for (const region of ["", "mars-north-1", "eu-central-1a", "constructor", "__proto__"])
      assert.equal(coordinatesOfRegion(region), null, region);
  });

  it("puts them where they are: distances between towns", () => {
    isNear(kmBetween("eu-central-1", "us-east-1"), 6540);
    isNear(kmBetween("eu-west-2", "eu-west-3"), 344);
    isNear(kmBetween("ap-northeast-1", "us-west-2"), 7850);
    isNear(kmBetween("australia-southeast1", "southamerica-west1"), 11_340);
    isNear(kmBetween("nbg1", "fsn1"), 149);
  });

  it("puts the same town's regions of several clouds together", () => {
    const towns = [
      ["eu-central-1", "europe-west3", "germanywestcentral", "fra1"],
      ["ap-southeast-1", "asia-southeast1", "southeastasia", "sgp1", "sin"],
      ["eu-north-1", "europe-north2"],
      ["sa-east-1", "brazilsouth"],
    ];
    for (const [first = "", ...others] of towns)
      for (const other of others) assert.ok(kmBetween(first, other) < 100, `${first} and ${other}`);
  });

  it("puts regions of a name where the name says", () => {
    const bounds: readonly (readonly [RegExp, (latitude: number, longitude: number) => boolean])[] = [
      [/^(us|westus|eastus|nyc|sfo)/, (lat, lon) => lat > 18 && lat < 50 && lon < -65],
      [
        /^(eu-|europe|france|germany|uk-|nl-|pl-)/,
        (lat, lon) => lat > 35 && lat < 66 && lon > -11 && lon < 31,
      ],
      [/^(ap-|asia|japan|korea|jp-|cn-|china)/, (lat, lon) => lat < 50 && lon > 60],
      [/^(sa-|southamerica|brazil|br-)/, (lat, lon) => lat < 13 && lon < -34 && lon > -82],
      [/^(af-|africa|southafrica)/, (lat, lon) => lat < 37 && lon > -18 && lon < 52],
      [/^(au-|australia)/, (lat, lon) => lat < -10 && lon > 112],
      [/^(ca-|canada|northamerica-northeast)/, (lat, lon) => lat > 42 && lon < -52],
    ];
    for (const region of knownRegions()) {
      const { latitude, longitude } = coordinatesOfRegion(region) ?? { latitude: NaN, longitude: NaN };
      for (const [name, holds] of bounds)
        if (name.test(region)) assert.ok(holds(latitude, longitude), `${region} at ${latitude} ${longitude}`);
      assert.ok(Math.abs(latitude) < 70 && Math.abs(longitude) <= 180, region);
      assert.match(region, /^[a-z][a-z0-9-]*[a-z0-9]$/);
    }
    assert.equal(new Set(knownRegions()).size, knownRegions().length);
    assert.ok(knownRegions().length > 350);
  });
});

describe("distanceKm", () => {
  it("is right over the date line, over the pole, to the antipode, and to itself", () => {
    isNear(distanceKm({ latitude: 0, longitude: 179 }, { latitude: 0, longitude: -179 }), 222.4);
    isNear(distanceKm({ latitude: 89, longitude: 0 }, { latitude: 89, longitude: 180 }), 222.4);
    isNear(distanceKm({ latitude: 45, longitude: 10 }, { latitude: -45, longitude: -170 }), 20_015);
    assert.equal(distanceKm({ latitude: 12, longitude: 34 }, { latitude: 12, longitude: 34 }), 0);
  });
});
