// Picking "something else" leads on to the field that says what. All the rest is the browser's: Enter on what is picked
// sends the form.
(() => {
  document.addEventListener("change", (event) => {
    if (event.target.matches('form.pick [name="option"][value="else"]')) event.target.form.elements.note.focus();
  });
})();
