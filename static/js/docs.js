// The API's description, drawn by Swagger UI from its OpenAPI document.

/* global SwaggerUIBundle */

SwaggerUIBundle({
  dom_id: "#api",
  url: document.getElementById("api").dataset.schema,
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
