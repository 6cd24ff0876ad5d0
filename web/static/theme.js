/*
 * Sets the colour mode before the first paint; mode-watcher owns it from then on. Dark unless the user chose otherwise. The
 * choice is written back, because mode-watcher takes an empty storage for "as the system". So it is with density and rail.
 */
(function () {
  var root = document.documentElement;
  var key = 'mode-watcher-mode';
  var mode = 'dark';
  try {
    mode = localStorage.getItem(key) || mode;
    localStorage.setItem(key, mode);
    ['density', 'rail'].forEach(function (name) {
      var chosen = localStorage.getItem('manyhands-' + name);
      if (chosen) root.dataset[name] = chosen;
    });
  } catch {
    /* storage may be closed to us; dark it is */
  }
  var light = mode === 'light' || (mode === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
  root.classList.toggle('dark', !light);
  root.style.colorScheme = light ? 'light' : 'dark';
})();
