SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("reference"),
  deepLinking: true,
  validatorUrl: null, // its default asks a server elsewhere
  presets: [SwaggerUIBundle.presets.apis],
});
