// The seconds that are left for a question, counted down. The page works without: the town's own clock is the one that counts.
const shown = document.querySelector("[data-countdown]");
const seconds = shown.querySelector("[data-seconds]");
const spoken = document.querySelector("[data-spoken]");
const until = performance.now() + Number(shown.dataset.countdown) * 1000;

const tick = setInterval(() => {
  const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
  seconds.textContent = left;
  shown.classList.toggle("countdown--soon", left <= 10);
  if (left === 10) spoken.textContent = spoken.dataset.soon;
  if (left > 0) return;
  clearInterval(tick);
  spoken.textContent = spoken.dataset.over;
  setTimeout(() => location.replace(location.href), 1500); // on to the next one
}, 500);
