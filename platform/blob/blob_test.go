package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tradewind-commerce/tradewind/platform/blob/blobtest"
)

// stores are what every guarantee must hold on: a folder, and a bucket of a real S3-compatible server.
func stores(t *testing.T) map[string]*Store {
	t.Helper()
	urls := map[string]string{"folder": FileURL(filepath.Join(t.TempDir(), "made by open")), "bucket": blobtest.Bucket(t)}
	opened := map[string]*Store{}
	for name, u := range urls {
		store, err := Open(context.Background(), u)
		if err != nil {
			t.Fatalf("open %s: %v", name, err)
		}
		t.Cleanup(func() { _ = store.Close() })
		opened[name] = store
	}
	return opened
}

// What was put comes back as it was, with its type, under a key made from the content.
func TestPutThenGet(t *testing.T) {
	t.Parallel()
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			content := []byte("not really a picture, " + t.Name())
			put, err := store.Put(t.Context(), Media, "image/jpeg", bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			hash := Hash(content)
			if want := "media/" + hash[:2] + "/" + hash[2:4] + "/" + hash + ".jpg"; put.Key != want {
				t.Errorf("key %s, want %s", put.Key, want)
			}
			r, err := store.Get(t.Context(), put.Key)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("content %q, %v", got, err)
			}
			if r.ContentType != "image/jpeg" || r.Size != int64(len(content)) || r.ModTime.IsZero() {
				t.Errorf("object %+v", r.Object)
			}
			if _, err := r.Seek(4, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			rest, _ := io.ReadAll(r)
			if !bytes.Equal(rest, content[4:]) {
				t.Errorf("after seek %q", rest)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A repeated upload, also at the same moment, is one file and one key.
func TestPutAgain(t *testing.T) {
	t.Parallel()
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			content := []byte(strings.Repeat("row,", 1000) + t.Name())
			keys := make([]string, 8)
			var wait sync.WaitGroup
			for i := range keys {
				wait.Go(func() {
					put, err := store.Put(t.Context(), Files, "text/csv; charset=utf-8", bytes.NewReader(content))
					if err != nil {
						t.Error(err)
					}
					keys[i] = put.Key
				})
			}
			wait.Wait()
			for _, key := range keys {
				if key != keys[0] || !strings.HasSuffix(key, ".csv") {
					t.Fatalf("keys %q", keys)
				}
			}
			got, err := store.ReadAll(t.Context(), keys[0], 1<<20)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("content of %d bytes, %v", len(got), err)
			}
		})
	}
}

// What an area does not take is refused before anything is written.
func TestPutRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := Open(t.Context(), FileURL(dir))
	if err != nil {
		t.Fatal(err)
	}
	small := Area{Name: "small", Limit: 4, Types: []string{"text/plain"}}
	if _, err := store.Put(t.Context(), small, "text/plain", strings.NewReader("12345")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("five bytes: %v", err)
	}
	if _, err := store.Put(t.Context(), small, "text/plain", strings.NewReader("1234")); err != nil {
		t.Errorf("four bytes: %v", err)
	}
	for _, contentType := range []string{"text/html", "image/svg+xml", "", "text/plain; =", "../../x"} {
		if _, err := store.Put(t.Context(), small, contentType, strings.NewReader("1")); !errors.Is(err, ErrType) {
			t.Errorf("type %q: %v", contentType, err)
		}
	}
	files := 0
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	})
	if files != 1 {
		t.Errorf("%d files stored, want the one that was allowed", files)
	}
}

// No key from outside reaches a file that the store did not make.
func TestForeignKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.txt"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := Open(t.Context(), FileURL(filepath.Join(dir, "store")))
	if err != nil {
		t.Fatal(err)
	}
	hash := Hash([]byte("x"))
	keys := []string{
		"", "secret.txt", "../secret.txt", "media/../../secret.txt", "/etc/passwd", "media/" + hash + ".jpg",
		"media/00/00/" + hash + ".jpg", "media/" + hash[:2] + "/" + hash[2:4] + "/" + strings.ToUpper(hash),
		Media.key(hash, ".jpg") + "\n", Media.key(hash, ".jpg") + ".attrs", Media.key(hash, ".jpg"),
	}
	for _, key := range keys {
		if _, err := store.Get(t.Context(), key); !errors.Is(err, ErrNotFound) {
			t.Errorf("get %q: %v", key, err)
		}
		if found, err := store.Exists(t.Context(), key); found || err != nil {
			t.Errorf("exists %q: %v, %v", key, found, err)
		}
		if err := store.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	if content, err := os.ReadFile(filepath.Join(dir, "secret.txt")); err != nil || string(content) != "secret" {
		t.Errorf("the file beside the store: %q, %v", content, err)
	}
}

// A deleted file is gone, and reading is bounded.
func TestDeleteAndReadAll(t *testing.T) {
	t.Parallel()
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			put, err := store.Put(t.Context(), Files, "text/plain", strings.NewReader("0123456789"+t.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := store.ReadAll(t.Context(), put.Key, 9); !errors.Is(err, ErrTooLarge) {
				t.Errorf("read of at most nine bytes: %v", err)
			}
			for range 2 {
				if err := store.Delete(t.Context(), put.Key); err != nil {
					t.Error(err)
				}
			}
			if found, err := store.Exists(t.Context(), put.Key); found || err != nil {
				t.Errorf("after delete: %v, %v", found, err)
			}
		})
	}
}

// A store that cannot work stops the start, in one line that gives away no secret.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"", "/var/media", "ftp://host/x", "file://host/x", "s3://", "mem://", FileURL(file), "s3://key:hunter2@bucket", "s3://a:hunter2@%"} {
		store, err := Open(t.Context(), address)
		if err == nil {
			_ = store.Close()
			t.Errorf("opened %q", address)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error shows the secret: %v", address, err)
		}
	}
}
