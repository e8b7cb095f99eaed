// The letter to a business: the button that prints it.
const button = document.querySelector(".letter-print");
button.hidden = false;
button.addEventListener("click", () => print());
