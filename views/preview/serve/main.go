// Command serve shows all preview pages in a browser: go run ./views/preview/serve, then open http://127.0.0.1:8090.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/tradewind-commerce/tradewind/views/preview"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8090", "address to listen on")
	flag.Parse()
	fmt.Println("Preview pages: http://" + *addr)
	server := &http.Server{Addr: *addr, Handler: preview.Handler(), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
