// The map: borough shapes, the river, and pins that open into links. It needs no tiles, and the list needs no map.

/* global L */

const LONDON = [[51.29, -0.51], [51.69, 0.33]];
const OPENING = 500; // milliseconds until a cluster has come apart
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

// An icon a keyboard and a screen reader can use.
const Pin = L.DivIcon.extend({
  createIcon(old) {
    const element = L.DivIcon.prototype.createIcon.call(this, old);
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", this.options.label);
    return element;
  },
});

const label = (text) => {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
};

const glyph = (sprite, name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
};

const pinIcon = (sprite, { glyph: name, title }) => {
  const tile = document.createElement("span");
  tile.className = "pin__tile";
  tile.append(glyph(sprite, name));
  return new Pin({ className: "pin", html: tile, iconSize: [44, 44], iconAnchor: [22, 38], popupAnchor: [0, -32], label: title });
};

const popup = ({ title, page, facts, lang }) => {
  const box = document.createElement("div");
  const link = document.createElement("a");
  link.href = page;
  link.textContent = title;
  if (lang) link.lang = lang;
  box.append(link);
  for (const fact of facts) {
    const line = document.createElement("p");
    line.textContent = fact;
    box.append(line);
  }
  return box;
};

const fetchJson = async (address) => {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
};

// A borough's name stands only where the whole of it can be read: not cut by the frame, nor under a button, pin or name.
function tidyNames(map) {
  const box = map.getContainer();
  const frame = box.getBoundingClientRect();
  const taken = [...box.querySelectorAll(".leaflet-control, .pin")].map((thing) => thing.getBoundingClientRect());
  const meet = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  for (const name of box.querySelectorAll(".map__names span")) {
    const place = name.getBoundingClientRect();
    const isInside =
      place.left >= frame.left && place.right <= frame.right && place.top >= frame.top && place.bottom <= frame.bottom;
    const isFree = isInside && !taken.some((other) => meet(place, other));
    name.classList.toggle("map__unread", !isFree);
    if (isFree) taken.push(place);
  }
}

async function drawTown(map, { boroughs, tiles }) {
  const town = await fetchJson(boroughs);
  L.geoJSON(town, {
    interactive: false,
    filter: ({ properties }) => properties.kind === "borough" || !tiles,
    style: ({ properties }) =>
      properties.kind === "river"
        ? { className: "map__river" }
        : { className: tiles ? "map__borough map__borough--over-tiles" : "map__borough" },
  }).addTo(map);
  if (tiles) return;
  const names = L.layerGroup(
    town.features
      .filter(({ properties }) => properties.centre)
      .map(({ properties }) =>
        L.marker(properties.centre, {
          interactive: false,
          keyboard: false,
          pane: "names",
          icon: L.divIcon({ className: "map__names", html: label(properties.name), iconSize: null }),
        }),
      ),
  );
  const settle = () => {
    if (map.getZoom() < 11) return names.remove();
    names.addTo(map);
    return tidyNames(map);
  };
  map.on("moveend", settle);
  settle();
}

function begin(box) {
  const say = box.dataset;
  const status = document.getElementById(box.getAttribute("aria-describedby"));
  box.replaceChildren();
  const map = L.map(box, {
    zoomAnimation: !calm,
    fadeAnimation: !calm,
    markerZoomAnimation: !calm,
    inertia: !calm,
    scrollWheelZoom: false,
    zoomControl: false,
    minZoom: 9,
    maxZoom: 18,
    zoomSnap: 0.25,
    renderer: L.svg({ padding: 0.5 }),
  });
  map.createPane("names").style.zIndex = 450;
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: say.zoomIn, zoomOutTitle: say.zoomOut }).addTo(map);
  if (say.tiles) L.tileLayer(say.tiles, { attribution: say.attribution, maxZoom: 19 }).addTo(map);
  else if (say.attribution) map.attributionControl.addAttribution(say.attribution);
  const single = say.lat && [Number(say.lat), Number(say.lng)];
  if (single) map.setView(single, 12.5);
  else map.fitBounds(LONDON);
  // The wheel zooms only once the map was chosen, so that scrolling past it works.
  map.on("focus click", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  drawTown(map, say).catch(() => {});

  if (single) {
    L.marker(single, { icon: pinIcon(say.icons, { glyph: say.glyph, title: say.title }), interactive: false, keyboard: false }).addTo(map);
    return;
  }

  const pins = L.markerClusterGroup({
    animate: !calm,
    showCoverageOnHover: false,
    spiderfyOnMaxZoom: true,
    maxClusterRadius: 48,
    chunkedLoading: true,
    iconCreateFunction: (cluster) => {
      const count = cluster.getChildCount();
      return new Pin({ className: "cluster", html: String(count), iconSize: [46, 46], label: say.cluster.replace("{count}", count) });
    },
  }).addTo(map);
  // Whoever opens a pin reads on in its popup, and Escape leads back to the pin.
  map.on("popupopen", ({ popup: opened }) => {
    const pin = opened._source?.getElement();
    const box = opened.getElement();
    if (pin !== document.activeElement) return;
    box.querySelector("a")?.focus();
    box.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      map.closePopup(opened);
      pin.focus();
    });
  });

  // Whoever opens a cluster by its key goes on among the pins that it held, not at the map's beginning.
  pins.on("clusterkeypress", ({ layer, originalEvent }) => {
    if (originalEvent.key !== "Enter") return;
    const [first] = layer.getAllChildMarkers();
    setTimeout(() => pins.getVisibleParent(first)?.getElement()?.focus(), calm ? 0 : OPENING);
  });

  const show = async (bounds) => {
    const address = new URL(say.pins, location.href);
    address.search = location.search;
    if (bounds) address.searchParams.set("bbox", bounds);
    if (status) status.textContent = say.loading;
    try {
      const { features, more } = await fetchJson(address);
      pins.clearLayers();
      pins.addLayers(
        features.map(({ geometry, properties }) =>
          L.marker([geometry.coordinates[1], geometry.coordinates[0]], { icon: pinIcon(say.icons, properties) }).bindPopup(popup(properties)),
        ),
      );
      if (status) status.textContent = (more ? say.more : say.found).replace("{count}", features.length);
      return features.length;
    } catch {
      if (status) status.textContent = say.failed;
      return 0;
    }
  };

  const boundsNow = () => {
    const area = map.getBounds();
    return [area.getWest(), area.getSouth(), area.getEast(), area.getNorth()].map((n) => n.toFixed(3)).join(",");
  };
  const again = document.querySelector("[data-search-area]");
  const list = document.querySelector("[data-as-list]");
  const query = new URLSearchParams(location.search);
  show().then((found) => {
    const isNarrow = box.clientWidth < 600; // where all of London would be a small thing in the middle
    if (found && (isNarrow || [...query.keys()].some((key) => ["near", "bbox", "borough", "q"].includes(key)))) {
      map.fitBounds(pins.getBounds().pad(0.15), { maxZoom: 15, animate: false });
    }
    map.on("moveend", () => {
      if (again) again.hidden = false;
    });
  });
  again?.addEventListener("click", async () => {
    const area = boundsNow();
    query.set("bbox", area);
    query.delete("near");
    query.delete("radius_km");
    history.replaceState(null, "", `?${query}`);
    if (list) list.search = `?${query}`;
    await show(area);
    again.hidden = true;
    box.focus();
  });
}

for (const box of document.querySelectorAll(".map")) begin(box);
