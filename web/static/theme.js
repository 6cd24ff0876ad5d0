/* The mode before the first paint: as chosen, else dark; light for a shared job. */
(function () {
  var root = document.documentElement;
  var key = 'mode-watcher-mode';
  var shared = location.pathname.indexOf('/share/') === 0;
  var mode = shared ? 'light' : 'dark';
  try {
    mode = localStorage.getItem(key) || mode;
    if (!shared) localStorage.setItem(key, mode);
    ['density', 'rail'].forEach(function (name) {
      var chosen = localStorage.getItem('manyhands-' + name);
      if (chosen) root.dataset[name] = chosen;
    });
  } catch {
    /* no storage */
  }
  var light = mode === 'light' || (mode === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
  root.classList.toggle('dark', !light);
  root.style.colorScheme = light ? 'light' : 'dark';
})();
