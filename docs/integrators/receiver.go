// A receiver of Moderato's callbacks that verifies their signature: `SECRET=whsec_… go run receiver.go PORT`.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

var secret, _ = base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("SECRET"), "whsec_"))

func genuine(header http.Header, body []byte) bool {
	sentAt := header.Get("webhook-timestamp")
	digest := hmac.New(sha256.New, secret)
	fmt.Fprintf(digest, "%s.%s.%s", header.Get("webhook-id"), sentAt, body)
	expected := "v1," + base64.StdEncoding.EncodeToString(digest.Sum(nil))
	seconds, err := strconv.ParseUint(sentAt, 10, 40)
	recent := err == nil && time.Since(time.Unix(int64(seconds), 0)).Abs() < 5*time.Minute
	for _, given := range strings.Split(header.Get("webhook-signature"), " ") {
		if recent && hmac.Equal([]byte(expected), []byte(given)) {
			return true
		}
	}
	return false
}

func receive(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil || !genuine(request.Header, body) {
		answer.WriteHeader(http.StatusUnauthorized)
		return
	}
	answer.WriteHeader(http.StatusNoContent)
	var event struct {
		Type string
		Data struct {
			CommentID string `json:"comment_id"`
		}
	}
	if json.Unmarshal(body, &event) == nil {
		fmt.Println(event.Type, event.Data.CommentID)
	}
}

func main() {
	if len(secret) == 0 {
		log.Fatal("SECRET is empty")
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], http.HandlerFunc(receive)))
}
