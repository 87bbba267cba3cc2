/** How to come by the bytes of a body, by framework: most mistakes are a body that was parsed first. */
export const RAW_BODIES: Readonly<Record<string, string>> = {
  Express: `// Before express.json(), on this route alone:
app.post("/webhooks", express.raw({ type: "*/*" }), (request, response) => {
  const body = request.body.toString("utf8");
  // verify body here, then JSON.parse(body)
});`,
  Fastify: `fastify.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
  request.rawBody = body;
  done(null, JSON.parse(body));
});`,
  "Next.js": `export async function POST(request: Request) {
  const body = await request.text();
  // verify body here, then JSON.parse(body)
}`,
  Flask: `@app.post("/webhooks")
def webhooks():
    body = request.get_data()  # not request.json
    # verify body here, then json.loads(body)`,
  FastAPI: `@app.post("/webhooks")
async def webhooks(request: Request):
    body = await request.body()  # not a Pydantic model
    # verify body here, then json.loads(body)`,
  Go: `body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 2<<20))
// verify body here, then json.Unmarshal(body, &event)`,
  PHP: `$body = file_get_contents("php://input");
// verify $body here, then json_decode($body)`,
  Rails: `body = request.raw_post
# verify body here, then JSON.parse(body)`,
};
