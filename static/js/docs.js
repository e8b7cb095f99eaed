// The API's description, drawn by Swagger UI from its OpenAPI document.

/* global SwaggerUIBundle */

// Swagger UI is dark where its page says so.
const prefers = matchMedia("(prefers-color-scheme: dark)");
const shade = () => {
  const { theme } = document.documentElement.dataset;
  document.documentElement.classList.toggle("dark-mode", theme ? theme === "dark" : prefers.matches);
};
shade();
prefers.addEventListener("change", shade);

SwaggerUIBundle({
  dom_id: "#api",
  url: document.getElementById("api").dataset.schema,
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
