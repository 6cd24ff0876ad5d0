/*
 * Sets the colour mode before the first paint; mode-watcher owns it from then on. Dark unless the user chose otherwise. The
 * choice is written back, because mode-watcher takes an empty storage for "as the system".
 */
(function () {
  var key = 'mode-watcher-mode';
  var mode = 'dark';
  try {
    mode = localStorage.getItem(key) || mode;
    localStorage.setItem(key, mode);
  } catch {
    /* storage may be closed to us; dark it is */
  }
  var light = mode === 'light' || (mode === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.classList.toggle('dark', !light);
  document.documentElement.style.colorScheme = light ? 'light' : 'dark';
})();
