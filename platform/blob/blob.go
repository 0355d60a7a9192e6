// Package blob keeps the shop's files, product media and exports among them, in a folder or in an S3 bucket.
//
// What is stored never changes: a key is made from the content, so a file may be cached for ever, a repeated Put
// costs one look, and no name that came from outside ever becomes a path.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

var (
	// ErrNotFound says that nothing is stored under a key. A key that this package could not have made is not found either.
	ErrNotFound = errors.New("no such file")

	// ErrTooLarge says that a file is bigger than its area allows.
	ErrTooLarge = errors.New("file too large")

	// ErrType says that an area does not take files of this content type.
	ErrType = errors.New("file type not allowed here")
)

// reach bounds how long Open waits for a bucket that does not answer.
const reach = 10 * time.Second

// Store is an open bucket. It is safe for concurrent use.
type Store struct {
	bucket *blob.Bucket
}

// Object is a stored file without its content.
type Object struct {
	Key         string
	ContentType string
	Size        int64
	ModTime     time.Time
}

// Reader reads a stored file; the caller closes it. It can seek, so http.ServeContent can serve ranges of it.
type Reader struct {
	Object
	io.ReadSeekCloser
}

// FileURL is the URL of a store in a folder of this machine, for example the data folder's.
func FileURL(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(dir)}).String()
}

// Open opens the store at a file:// or s3:// URL and looks into it once, so that a wrong bucket, endpoint or
// permission stops the start and not the first upload. A folder is created when it is missing.
//
// An S3 URL takes region, endpoint and use_path_style as parameters; credentials come from the environment or the
// machine's role. The look needs permission to list the bucket.
func Open(ctx context.Context, address string) (*Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("blob store: not a URL") // without the cause, which quotes what may hold a secret
	}
	if u.User != nil {
		return nil, errors.New("blob store: the URL holds credentials; they belong in the environment or the machine's role")
	}
	where := u.Scheme + "://" + u.Host + u.Path
	switch {
	case u.Scheme == "file" && u.Host == "" && u.Path != "":
		q := u.Query()
		q.Set("create_dir", "true")
		q.Set("no_tmp_dir", "true") // the system's temporary folder may be another disk, where a rename fails
		q.Set("dir_file_mode", "0755")
		q.Set("metadata", "skip") // its second file is not replaced in one step, so two writers break a reader; the key tells the type
		u.RawQuery = q.Encode()
	case u.Scheme == "s3" && u.Host != "":
	default:
		return nil, fmt.Errorf("blob store %s: want file:///folder or s3://bucket", where)
	}

	ctx, cancel := context.WithTimeout(ctx, reach)
	defer cancel()
	bucket, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fmt.Errorf("open blob store %s: %w", where, err)
	}
	found, err := bucket.IsAccessible(ctx)
	if err == nil && !found {
		err = errors.New("no such bucket")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open blob store %s: %w", where, err), bucket.Close())
	}
	return &Store{bucket: bucket}, nil
}

// Close ends the store's connections.
func (s *Store) Close() error { return s.bucket.Close() }

// Put stores a file in an area and returns its key. Storing the same content again returns the same key and
// writes nothing. The body is read twice: for the key, then to be stored.
//
// ErrTooLarge and ErrType come back before anything is written.
func (s *Store) Put(ctx context.Context, area Area, contentType string, body io.ReadSeeker) (Object, error) {
	extension, err := area.admit(contentType)
	if err != nil {
		return Object{}, err
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return Object{}, fmt.Errorf("rewind file: %w", err)
	}
	hash := sha256.New()
	size, err := io.Copy(hash, io.LimitReader(body, area.Limit+1))
	if err != nil {
		return Object{}, fmt.Errorf("read file: %w", err)
	}
	if size > area.Limit {
		return Object{}, fmt.Errorf("%w: over %d bytes for %s", ErrTooLarge, area.Limit, area.Name)
	}
	key := area.key(hex.EncodeToString(hash.Sum(nil)), extension)

	stored, err := s.Stat(ctx, key)
	if err == nil && stored.Size == size {
		return stored, nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Object{}, err
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return Object{}, fmt.Errorf("rewind file: %w", err)
	}
	err = s.bucket.Upload(ctx, key, io.LimitReader(body, size), &blob.WriterOptions{ContentType: typeOf(key), CacheControl: area.CacheControl})
	if err != nil {
		return Object{}, fmt.Errorf("store %s: %w", key, err)
	}
	return s.Stat(ctx, key)
}

// Get opens a stored file.
func (s *Store) Get(ctx context.Context, key string) (*Reader, error) {
	if !madeHere(key) {
		return nil, fmt.Errorf("%w: %.80q", ErrNotFound, key)
	}
	r, err := s.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, named(key, err)
	}
	object := Object{Key: key, ContentType: typeOf(key), Size: r.Size(), ModTime: r.ModTime()}
	return &Reader{Object: object, ReadSeekCloser: r}, nil
}

// ReadAll returns a stored file's content, or ErrTooLarge when it has more than limit bytes.
func (s *Store) ReadAll(ctx context.Context, key string, limit int64) ([]byte, error) {
	r, err := s.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	if r.Size > limit {
		return nil, fmt.Errorf("%w: %s has %d bytes, over %d", ErrTooLarge, key, r.Size, limit)
	}
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return content, nil
}

// Stat describes a stored file, or says ErrNotFound.
func (s *Store) Stat(ctx context.Context, key string) (Object, error) {
	if !madeHere(key) {
		return Object{}, fmt.Errorf("%w: %.80q", ErrNotFound, key)
	}
	a, err := s.bucket.Attributes(ctx, key)
	if err != nil {
		return Object{}, named(key, err)
	}
	return Object{Key: key, ContentType: typeOf(key), Size: a.Size, ModTime: a.ModTime}, nil
}

// Exists tells whether something is stored under a key.
func (s *Store) Exists(ctx context.Context, key string) (bool, error) {
	_, err := s.Stat(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Delete removes a stored file. Removing what is not there is a success.
func (s *Store) Delete(ctx context.Context, key string) error {
	if !madeHere(key) {
		return nil
	}
	err := s.bucket.Delete(ctx, key)
	if err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// named says which key a driver's error is about and tells a missing file from a broken store.
func named(key string, err error) error {
	if gcerrors.Code(err) == gcerrors.NotFound {
		return fmt.Errorf("%w: %s", ErrNotFound, key)
	}
	return fmt.Errorf("look up %s: %w", key, err)
}

// Hash is the name that content has in the store: the lower-case hexadecimal SHA-256.
func Hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
